"""The first contact with an account: statements with known answers, and what rests on them."""
