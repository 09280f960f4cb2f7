"""The folder of `qawl-mini`: configuration, tokenizer and weights of the small encoder that ships."""
