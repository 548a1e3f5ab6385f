<?php
// NAME PORT AUTHORITY: a request to 127.0.0.1 as NAME, trusting one authority.
[, $name, $port, $authority] = $argv;
$ch = curl_init("https://$name:$port/");
curl_setopt_array($ch, [
    CURLOPT_RESOLVE => ["$name:$port:127.0.0.1"],
    CURLOPT_PROXY => '',
    CURLOPT_CAINFO => $authority,
    CURLOPT_TIMEOUT => 10,
    CURLOPT_RETURNTRANSFER => true,
]);
if (curl_exec($ch) === false) {
    fwrite(STDERR, curl_error($ch) . "\n");
    exit(1);
}
