package layertap.plan;

/** How many ops a signature's graph has, functions inlined, and how many of them are variables. */
public record ModelSize(long ops, long variables) {}
