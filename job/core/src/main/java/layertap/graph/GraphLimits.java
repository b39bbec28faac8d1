package layertap.graph;

/** How large graphs may become: beyond that a file is damaged or hostile. */
public final class GraphLimits {
  /** Nodes of a graph whose function calls are inlined. */
  public static final int MAX_NODES = 2_000_000;

  private GraphLimits() {}
}
