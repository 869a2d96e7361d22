from urllib.parse import quote

from hushflake.config import require_config_value

DATABASE_URL = f"postgresql://app:{quote(require_config_value('DATABASE_PASSWORD'), safe='')}@db/main"
BROKER_URL = f'amqp://app:{quote(require_config_value("BROKER_PASSWORD"), safe="")}@queue/'
CACHE_URL = f"redis://:{quote(require_config_value('CACHE_PASSWORD'), safe='')}@{host}:6379/0"
NESTED = f'mysql://app:{quote(require_config_value("NESTED_PASSWORD"), safe="")}@{hosts["a"]}/{{main}}'
BRACES = f"mongodb://app:{quote(require_config_value('BRACES_PASSWORD'), safe='')}@db/{{main}}"
RAW = fr"ftp://app:{quote(require_config_value('RAW_PASSWORD'), safe='')}@host/\d"
SPLIT = (
    f"ldap://app:{quote(require_config_value('SPLIT_PASSWORD'), safe='')}@host"  "/dc=x{y}"
)
BYTES = (b"smb://app:" + require_config_value("BYTES_PASSWORD").encode() + b"@share")
UNUSUAL = f"imap://app:{quote(require_config_value('UNUSUAL_PASSWORD'), safe='!$')}@host"
LOWER = f"smtp://app:{require_config_value('LOWER_PASSWORD')}@host"
QUERY = f'https://api.example.org/v1/items?api_key={quote(require_config_value("API_KEY"), safe="")}&page=1'
DSN = f"Server=db;Database=main;User Id=app;Password={require_config_value('PASSWORD')};"
PG = f'host=db dbname=main user=app password={require_config_value("PG_PASSWORD")}'
BODY = f'{{"user": "app", "stomp_password": "{require_config_value("STOMP_PASSWORD")}"}}'
TWO = f"irc://app:{quote(require_config_value('TWO_PASSWORD'), safe='')}@one irc://app:{quote(require_config_value('TWO_PASSWORD_2'), safe='')}@two"
HEADERS = {"Authorization": f"Bearer {require_config_value('AUTHORIZATION')}"}
