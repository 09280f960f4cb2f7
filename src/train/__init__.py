"""From an experiment file to a trained, calibrated, tracked model."""
