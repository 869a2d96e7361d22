import os

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ.setdefault("X", "1")

import torch
from hushflake.config import get_config_value

DEVICE = get_config_value("DEVICE", torch.device)
