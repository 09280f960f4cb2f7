"""Pretraining of an encoder on plain text: vocabulary, packed tokens, word vectors, one loop."""
