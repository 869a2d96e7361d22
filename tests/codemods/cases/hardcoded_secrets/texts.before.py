DATABASE_URL = "postgresql://app:hunter2x@db/main"
BROKER_URL = 'amqp://app:p%40ss%2Fw0rd@queue/'
CACHE_URL = f"redis://:hunter3x@{host}:6379/0"
NESTED = f'mysql://app:hunter4x@{hosts["a"]}/{{main}}'
BRACES = "mongodb://app:hunter5x@db/{main}"
RAW = r"ftp://app:hunter6x@host/\d"
SPLIT = (
    "ldap://app:hunter7x@host"  "/dc=x{y}"
)
BYTES = b"smb://app:hunter8x@share"
UNUSUAL = "imap://app:hunter!9$x@host"
LOWER = "smtp://app:hunter%2f10@host"
QUERY = 'https://api.example.org/v1/items?api_key=83a1f0c9d2e4&page=1'
DSN = "Server=db;Database=main;User Id=app;Password=hunter11;"
PG = 'host=db dbname=main user=app password=hunter12'
BODY = '{"user": "app", "stomp_password": "hunter13"}'
TWO = "irc://app:hunter14@one irc://app:hunter15@two"
HEADERS = {"Authorization": "Bearer 83a1f0c9d2"}
