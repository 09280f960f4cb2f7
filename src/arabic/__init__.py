"""Arabic text with character offsets: normalisation, sentences, quotations and reporting cues."""
