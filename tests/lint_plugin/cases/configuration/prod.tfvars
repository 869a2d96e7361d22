db_password = "«301:hunter2»"
tags = { owner = "team1", api_token = "«301:83a1f0c9d2»" }
