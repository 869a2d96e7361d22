from Crypto.Cipher import AES

SECRET = b"k3y-4-prod"
cipher = AES.new(b'mQ7tZx2KpW9sVb4R', AES.MODE_ECB)
HMAC_SHA1_KEY = bytes.fromhex("9f86d081884c7d659a2feaa0c55ad0154f1b2b0b")
BINARY_PASSWORD = b"hunter\xff2"
encoded_password = "hunter3x".encode()
