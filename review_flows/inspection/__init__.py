"""What an inspector asks: questions, dossier, appraisal, yearly report."""
