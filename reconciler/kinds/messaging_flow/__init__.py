"""The MessagingFlow kind: a conversation written as a graph, expanded into a digital bot and its message flow."""
