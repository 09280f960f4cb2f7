"""What answers them: TF-IDF, rules and encoders behind one interface, saved in one kind of folder."""
