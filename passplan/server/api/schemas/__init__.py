"""What goes in and out of the API: models for the document, and for what is given; answers are the rows of boards."""
