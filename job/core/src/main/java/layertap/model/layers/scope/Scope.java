package layertap.model.layers.scope;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
  private final String tracedPath;
  private final boolean isCall;
  private final Map<String, Scope> children = new LinkedHashMap<>();
  private final IntStream.Builder building = IntStream.builder();
  private Region region;
  private boolean isOp;

  private Scope(String name, String path, String tracedPath, boolean isCall) {
    this.name = name;
    this.path = path;
    this.tracedPath = tracedPath;
    this.isCall = isCall;
  }

  /** The root scope of a graph that calls no functions. */
  public static Scope tree(GraphIndex graph) {
    return tree(graph, Set.of());
  }

  /**
   * The root scope of a graph, with an empty path. Variables are left out: their names are no
   * scopes that a call opened.
   *
   * @param calls names of the function calls that were inlined; a function opens scopes anew
   */
  public static Scope tree(GraphIndex graph, Set<String> calls) {
    Scope root = new Scope("", "", "", false /* no call */);
    for (int i = 0; i < graph.size(); i++) {
      if (!Ops.isVariable(graph.node(i))) {
        root.add(graph.node(i).getName(), i, calls);
      }
    }
    root.finish();
    return root;
  }

  private void add(String nodeName, int position, Set<String> calls) {
    Scope scope = this;
    scope.building.add(position);
    int start = 0;
    for (int slash = nodeName.indexOf('/'); slash >= 0; slash = nodeName.indexOf('/', start)) {
      String path = nodeName.substring(0, slash);
      String name = nodeName.substring(start, slash);
      scope = scope.childAt(name, path, calls);
      scope.building.add(position);
      start = slash + 1;
    }
    String leaf = nodeName.substring(start);
    scope.childAt(leaf, nodeName, calls).isOp = true;
  }

  private Scope childAt(String childName, String childPath, Set<String> calls) {
    String start = isCall || tracedPath.isEmpty() ? "" : tracedPath + "/";
    return children.computeIfAbsent(
        childName, key -> new Scope(key, childPath, start + key, calls.contains(childPath)));
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

  /** The path inside the innermost function that was called around it. */
  public String tracedPath() {
    return tracedPath;
  }

  /** Whether a node has this path as its name. */
  public boolean isOp() {
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

  /**
   * The scope itself and those of the functions that are called in it: a function opens its scopes
   * as if nothing stood around it, {@code f/StatefulPartitionedCall/cnn/conv1}.
   */
  public List<Scope> opened() {
    List<Scope> opened = new ArrayList<>(List.of(this));
    for (Scope child : children.values()) {
      if (child.isCall) {
        opened.addAll(child.opened());
      }
    }
    return opened;
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
