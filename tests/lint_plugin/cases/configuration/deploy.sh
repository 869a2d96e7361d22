#!/bin/sh
# export PASSWORD=hunter2
export DB_PASSWORD=«301:hunter2»
readonly SECRET_KEY='«301:k3y-4-prod»'
API_TOKEN="«301:83a1f0c9d2»" ./run --port 8080
OTHER_PASSWORD=$(pass show db1)
THIRD_PASSWORD="${1:?is needed}"
FOURTH_PASSWORD=${FIFTH_PASSWORD:-«305:hunter2»}
if [ "$PASSWORD" = "x1" ]; then read -r -p "Your password1: " PASSWORD; fi
curl --user "app:«301:hunter2»" "https://api.example.org/v1?api_key=«304:83a1f0c9d2e4»&page=1"
docker run -e "DB_PASSWORD=«301:hunter2»" -e 'API_TOKEN=«301:83a1f0c9d2»' image1
redis-cli -a «301:hunter2» ping
KEPT_PASSWORD=hunter2 # hushflake: ignore[HSF301] printed on the box
