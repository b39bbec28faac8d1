package layertap.model.layers.scope;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import layertap.graph.GraphIndex;
import layertap.graph.Ops;
import layertap.model.layers.Region;

/**
 * A name scope: the nodes whose names start with its path, in a tree. Where a node bears the path
 * itself ({@code conv1/Conv2D} beside {@code conv1/Conv2D/ReadVariableOp}) the scope is an op's
 * own.
 */
public final class Scope {
  private final String name;
  private final String path;
  private final Map<String, Scope> children = new LinkedHashMap<>();
  private final IntStream.Builder building = IntStream.builder();
  private Region region;
  private boolean isOp;

  private Scope(String name, String path) {
    this.name = name;
    this.path = path;
  }

  /**
   * The root scope of a graph, with an empty path. Variables are left out: their names are no
   * scopes that a call opened.
   */
  public static Scope tree(GraphIndex graph) {
    Scope root = new Scope("", "");
    for (int i = 0; i < graph.size(); i++) {
      if (!Ops.isVariable(graph.node(i))) {
        root.add(graph.node(i).getName(), i);
      }
    }
    root.finish();
    return root;
  }

  private void add(String nodeName, int position) {
    Scope scope = this;
    scope.building.add(position);
    int start = 0;
    for (int slash = nodeName.indexOf('/'); slash >= 0; slash = nodeName.indexOf('/', start)) {
      String path = nodeName.substring(0, slash);
      String name = nodeName.substring(start, slash);
      scope = scope.children.computeIfAbsent(name, key -> new Scope(name, path));
      scope.building.add(position);
      start = slash + 1;
    }
    String leaf = nodeName.substring(start);
    scope.children.computeIfAbsent(leaf, key -> new Scope(leaf, nodeName)).isOp = true;
  }

  private void finish() {
    region = new Region(building.build().toArray());
    children.values().forEach(Scope::finish);
  }

  /** The last part of the path. */
  public String name() {
    return name;
  }

  public String path() {
    return path;
  }

  /** Whether a node has this path as its name. */
  boolean isOp() {
    return isOp;
  }

  /** The nodes in it and in all scopes below it; not the node that has its path as name. */
  public Region region() {
    return region;
  }

  /** Scopes and ops in it, in the order of their first nodes. */
  public Collection<Scope> children() {
    return children.values();
  }

  Optional<Scope> child(String childName) {
    return Optional.ofNullable(children.get(childName));
  }

  /** The scope at a path below it. */
  public Optional<Scope> descendant(String pathBelow) {
    Optional<Scope> found = Optional.of(this);
    for (String part : pathBelow.split("/")) {
      found = found.flatMap(scope -> scope.child(part));
    }
    return found;
  }
}
