package layertap.model.layers;

import java.util.Arrays;

/** A set of nodes of a graph: what one call of a layer traced. Immutable. */
public final class Region {
  private final int[] positions;

  /** Positions in the graph, ascending. */
  public Region(int[] positions) {
    this.positions = positions.clone();
  }

  /** Whether the node at that position belongs to it. */
  public boolean contains(int position) {
    return indexOf(position) >= 0;
  }

  /** The positions, ascending. */
  public int[] positions() {
    return positions.clone();
  }

  public int size() {
    return positions.length;
  }

  public int indexOf(int position) {
    return Arrays.binarySearch(positions, position);
  }

  public int at(int i) {
    return positions[i];
  }

  public Region slice(int from, int to) {
    return new Region(Arrays.copyOfRange(positions, from, to));
  }

  public Region intersect(Region other) {
    return new Region(Arrays.stream(positions).filter(other::contains).toArray());
  }

  public Region minus(Region other) {
    return new Region(Arrays.stream(positions).filter(i -> !other.contains(i)).toArray());
  }

  public boolean isEmpty() {
    return positions.length == 0;
  }
}
