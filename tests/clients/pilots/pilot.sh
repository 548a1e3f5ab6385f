curl -sS --max-time 10 http://pilot.invalid/over-http
curl -sS --max-time 10 https://pilot.invalid/over-tls
exit 0
