"""What becomes of installed packages before they are deployed: `slim` takes away, `sizes` tells what is left."""
