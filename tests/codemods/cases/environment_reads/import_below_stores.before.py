import os

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ.setdefault("X", "1")

import torch

DEVICE = os.getenv("DEVICE", torch.device)
