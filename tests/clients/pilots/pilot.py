import requests

for address in ("http://pilot.invalid/over-http", "https://pilot.invalid/over-tls"):
    try:
        print(requests.get(address, timeout=10).text)
    except requests.RequestException as error:
        print(error)
