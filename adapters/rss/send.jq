# A feed has nowhere to answer.
error("a feed takes no answers")
