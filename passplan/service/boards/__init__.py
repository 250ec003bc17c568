"""Boards: what one page or one answer shows, for one actor at one moment. They read, and change nothing."""
