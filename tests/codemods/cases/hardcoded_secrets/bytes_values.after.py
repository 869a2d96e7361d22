from Crypto.Cipher import AES
from hushflake.config import require_config_value

SECRET = require_config_value("SECRET").encode()
cipher = AES.new(require_config_value('AES_KEY').encode(), AES.MODE_ECB)
HMAC_SHA1_KEY = bytes.fromhex(require_config_value("HMAC_SHA1_KEY"))
BINARY_PASSWORD = require_config_value("BINARY_PASSWORD").encode("latin-1")
encoded_password = require_config_value("ENCODED_PASSWORD").encode()
