"""What runs on the plugin's side of the wall, and in the processes that keep it there."""
