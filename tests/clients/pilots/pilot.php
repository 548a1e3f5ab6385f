<?php
foreach (['http://pilot.invalid/over-http', 'https://pilot.invalid/over-tls'] as $address) {
    $ch = curl_init($address);
    curl_setopt($ch, CURLOPT_TIMEOUT, 10);
    curl_setopt($ch, CURLOPT_RETURNTRANSFER, true);
    echo curl_exec($ch) ?: curl_error($ch), "\n";
}
