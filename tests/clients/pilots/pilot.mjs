for (const address of ['http://pilot.invalid/over-http', 'https://pilot.invalid/over-tls']) {
  await fetch(address).then((answer) => answer.text()).then(console.log, (error) => console.log(error.cause ?? error));
}
