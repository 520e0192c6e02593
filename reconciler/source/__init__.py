"""Where the desired state comes from: one commit, the working tree, a plain directory, or a remote repository."""
