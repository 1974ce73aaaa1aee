"""What users and operators are told, with the secrets taken out."""
