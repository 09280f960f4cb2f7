"""The folder of `qawl-mini`: configuration and tokenizer of the small encoder that ships."""
