"""From the files of one commit to one DesiredState, or to every problem in them."""
