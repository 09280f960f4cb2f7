"""The folder of the default models: topic, stance and speaker, which `qawl score` uses where there are no others."""
