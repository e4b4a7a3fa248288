"""Pictures and videos on disk: checked, measured, cut, labelled. Knows no Django."""
