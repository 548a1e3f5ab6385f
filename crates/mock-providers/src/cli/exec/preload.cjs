'use strict';
// Leads every TCP connection of a Node program to the run's proxy, whatever library opens it.
//
// Node before 24 heeds no proxy variable, and many libraries never do. All of http, https, http2, tls and fetch end in
// one function, net.Socket.prototype.connect, so that is where the way turns. The proxy tells the host by the TLS
// server name or by the Host header, so nothing is said before the program's own first byte. Programs on this machine
// are reached as ever. Left alone: UDP, and code that brings sockets of its own (native add-ons).
//
// MOCK_PROVIDERS_PROXY is ADDRESS:PORT; without it nothing here is changed. MOCK_PROVIDERS_ALLOWED_HOSTS names the
// hosts, with or without a port, that the program may reach itself, separated by commas.

const proxy = /^\[?([^\]]+)\]?:(\d+)$/.exec(process.env.MOCK_PROVIDERS_PROXY || '');
if (proxy) lead({ host: proxy[1], port: Number(proxy[2]) });

function lead(proxy) {
  const dns = require('dns');
  const net = require('net');
  const allowed = new Set((process.env.MOCK_PROVIDERS_ALLOWED_HOSTS || '').toLowerCase().split(',').filter(Boolean));
  // An address that is nobody's, by RFC 5737: a connection to it is led to the proxy like any other.
  const NOBODY = '192.0.2.1';

  function plain(host) {
    return String(host).toLowerCase().replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  }

  function isThisMachine(host) {
    return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || host === '::' || host === '0.0.0.0'
      || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(host);
  }

  /** Whether a connection may go where the program wants it. Without a port, whether the name may be looked up. */
  function isFree(host, port) {
    host = plain(host);
    if (isThisMachine(host) || allowed.has(host)) return true;
    const beside = host.includes(':') ? `[${host}]` : host;
    if (port !== undefined) return allowed.has(`${beside}:${port}`);
    return [...allowed].some((entry) => entry.startsWith(`${beside}:`));
  }

  /** The options of a connection to the proxy in place of these. */
  function led(options) {
    // A resolver or a local address of the program's own would not fit the proxy's address.
    const { lookup, family, hints, localAddress, localPort, ...rest } = options;
    return { ...rest, host: proxy.host, port: proxy.port };
  }

  const connect = net.Socket.prototype.connect;
  net.Socket.prototype.connect = function (...args) {
    // Either [options, callback] made ready by net.connect, or options, or a port and perhaps a host. A path is a
    // socket of this machine.
    const [first] = args;
    if (Array.isArray(first)) {
      if (first[0] && isElsewhere(first[0])) first[0] = turn(this, first[0]);
    } else if (first !== null && typeof first === 'object') {
      if (isElsewhere(first)) args[0] = turn(this, first);
    } else if (typeof args[1] === 'string' && isElsewhere({ host: args[1], port: first })) {
      args[0] = turn(this, { host: args[1], port: Number(first) });
      args.splice(1, 1);
    }
    return connect.apply(this, args);
  };

  function isElsewhere(options) {
    return !options.path && Boolean(options.host) && !isFree(options.host, options.port);
  }

  function turn(socket, options) {
    // A bare tls.connect names no server, and the proxy could not tell whose certificate to show.
    if (typeof socket.setServername === 'function' && !options.servername && !net.isIP(plain(options.host))) {
      socket.setServername(plain(options.host));
    }
    return led(options);
  }

  // A question for an address would leave the machine. Programs that ask first and connect then get an address that
  // leads to the proxy; every other question has no answer.
  function answer(host, options) {
    const { all, family } = typeof options === 'object' && options !== null ? options : { family: options };
    if (family === 6 || family === 'IPv6') return [notFound('getaddrinfo', host)];
    return all ? [null, [{ address: NOBODY, family: 4 }]] : [null, NOBODY, 4];
  }

  function notFound(syscall, host) {
    return Object.assign(new Error(`${syscall} ENOTFOUND ${host}`), { code: 'ENOTFOUND', syscall, hostname: host });
  }

  const isAnsweredHere = (host) => !host || net.isIP(plain(host)) !== 0 || isFree(host);

  const lookup = dns.lookup;
  dns.lookup = function (host, options, callback = options) {
    if (typeof callback !== 'function' || isAnsweredHere(host)) return lookup.apply(this, arguments);
    process.nextTick(callback, ...answer(host, options));
    return {};
  };
  const lookupPromise = dns.promises.lookup;
  dns.promises.lookup = async function (host, options) {
    if (isAnsweredHere(host)) return lookupPromise.apply(this, arguments);
    const [error, address, family] = answer(host, options);
    if (error) throw error;
    return Array.isArray(address) ? address : { address, family };
  };
  // Node's own lookup gives a promise of both address and family as well.
  Object.defineProperty(dns.lookup, require('util').promisify.custom, { value: dns.promises.lookup });

  const isQuestion = (name) => /^(resolve|reverse)/.test(name) || name === 'lookupService';
  function refuse(object, kind) {
    for (const name of Object.getOwnPropertyNames(object).filter(isQuestion)) {
      const ask = object[name];
      if (typeof ask !== 'function') continue;
      object[name] = function (host, ...rest) {
        if (isFree(host)) return ask.call(this, host, ...rest);
        const callback = rest[rest.length - 1];
        if (kind === 'promise') return Promise.reject(notFound(name, host));
        if (typeof callback !== 'function') return ask.call(this, host, ...rest);
        process.nextTick(callback, notFound(name, host));
        return {};
      };
    }
  }
  refuse(dns, 'callback');
  refuse(dns.Resolver.prototype, 'callback');
  refuse(dns.promises, 'promise');
  refuse(dns.promises.Resolver.prototype, 'promise');

  // What ES modules import by name from node:dns.
  require('module').syncBuiltinESMExports();
}
