import os

import requests


def test_the_balance_is_there():
    answer = requests.get("https://api.leadmagic.io/v1/credits", headers={"X-API-Key": os.environ["LEADMAGIC_API_KEY"]}, timeout=10)
    assert answer.status_code == 200
    assert "credits" in answer.json()
