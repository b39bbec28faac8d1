package layertap.model.layers.scope;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import layertap.graph.GraphIndex;
import layertap.graph.Ops;
import layertap.model.layers.Region;
import layertap.model.layers.keras.ObjectGraph;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/** Which variables the nodes of a region read, by their names ({@code cnn/conv1/kernel}). */
public final class Variables {
  private final GraphIndex graph;
  private final Map<String, Map<String, Long>> sizesByOwner = new HashMap<>();
  private final Set<String> readNames = new HashSet<>();
  private final Set<String> readElsewhere = new HashSet<>();

  public Variables(GraphIndex graph, ObjectGraph objects) {
    this.graph = graph;
    for (int object = 0; object < objects.graph().getNodesCount(); object++) {
      if (objects.isVariable(object)) {
        String name = objects.variable(object).getName();
        owned(owner(name)).putIfAbsent(name, objects.variableSize(object));
      }
    }
    for (int position = 0; position < graph.size(); position++) {
      int handle = position;
      savedName(handle).ifPresent(name -> addReaders(name, graph.consumers(handle)));
    }
  }

  private void addReaders(String name, int[] readers) {
    List<String> owners = List.of(owner(name).split("/"));
    for (int reader : readers) {
      readNames.add(name);
      boolean isOwn =
          Arrays.stream(graph.node(reader).getName().split("/"))
              .anyMatch(
                  scope ->
                      owners.contains(scope) || owners.contains(NamingRule.Keras3.strip(scope)));
      if (!isOwn) {
        readElsewhere.add(owners.get(owners.size() - 1));
      }
    }
  }

  /**
   * Whether the variables of a layer are read outside of it: it hands them to others as they are.
   */
  public boolean areReadElsewhere(String layer) {
    return readElsewhere.contains(layer);
  }

  private Map<String, Long> owned(String owner) {
    return sizesByOwner.computeIfAbsent(owner, key -> new LinkedHashMap<>());
  }

  /** Keras keeps states of random generators as variables; nobody counts them as parameters. */
  public static boolean isSeed(String name) {
    return name.contains("seed_generator_state");
  }

  /** What stands before a variable's own name: {@code cnn/conv1} of {@code cnn/conv1/kernel}. */
  static String owner(String name) {
    return name.substring(0, Math.max(0, name.lastIndexOf('/')));
  }

  /** The name of the variable whose handle the node is, if it is one. */
  Optional<String> name(int position) {
    NodeDef node = graph.node(position);
    if (!Ops.isVariable(node)) {
      return Optional.empty();
    }
    String shared =
        node.getAttrOrDefault("shared_name", AttrValue.getDefaultInstance()).getS().toStringUtf8();
    return Optional.of(shared.isEmpty() ? node.getName() : shared);
  }

  /** The handles that the region's nodes take. */
  public Set<Integer> readBy(Region region) {
    Set<Integer> handles = new LinkedHashSet<>();
    for (int position : region.positions()) {
      for (int source : graph.sources(position)) {
        if (Ops.isVariable(graph.node(source))) {
          handles.add(source);
        }
      }
    }
    return handles;
  }

  /**
   * How many values the variables hold that the regions read, together with those of the same owner
   * that inference does not read. Layers of different models may have one name, and so may the
   * owners of their variables: what others read is not counted.
   */
  public long parameterCount(Iterable<Region> regions) {
    return parameterCountOf(List.of(), regions);
  }

  /**
   * The same of a layer inside others, without the variables of those that hand them to it.
   *
   * @param path the names of the layers around it, then its own; empty if variables' names tell
   *     nothing of them
   */
  public long parameterCountOf(List<String> path, Iterable<Region> regions) {
    Set<Integer> handles = new LinkedHashSet<>();
    regions.forEach(region -> handles.addAll(readBy(region)));
    handles.removeIf(handle -> isOfLayerAround(savedName(handle).orElse(""), path));
    return parameterCountOf(handles);
  }

  /**
   * How many values the variables hold that no layer reads or owns: a model may have weights beside
   * those of its layers.
   *
   * @param regions those of all layers' calls
   * @param layers their names
   * @param counts whether what a node gives counts at all
   */
  public long parameterCountOutside(
      Iterable<Region> regions, Set<String> layers, IntPredicate counts) {
    Set<Integer> handles = new LinkedHashSet<>();
    for (int position = 0; position < graph.size(); position++) {
      if (counts.test(position) && Ops.isVariable(graph.node(position))) {
        handles.add(position);
      }
    }
    regions.forEach(region -> handles.removeAll(readBy(region)));
    handles.removeIf(handle -> namesOneOf(layers, owner(savedName(handle).orElse(""))));
    return parameterCountOf(handles);
  }

  private static boolean namesOneOf(Set<String> layers, String owner) {
    return Arrays.stream(owner.split("/"))
        .anyMatch(each -> layers.contains(each) || layers.contains(NamingRule.Keras3.strip(each)));
  }

  private long parameterCountOf(Set<Integer> handles) {
    Set<String> owners = new LinkedHashSet<>();
    long count = 0;
    for (int handle : handles) {
      String name = name(handle).orElse("");
      count += isSeed(name) ? 0 : size(handle);
      owners.add(owner(name));
    }
    for (String owner : owners) {
      for (Map.Entry<String, Long> variable : owned(owner).entrySet()) {
        boolean isRead = readNames.contains(variable.getKey());
        count += isRead || isSeed(variable.getKey()) ? 0 : variable.getValue();
      }
    }
    return count;
  }

  private static boolean isOfLayerAround(String name, List<String> path) {
    List<String> owners = List.of(owner(name).split("/"));
    return path.contains(owners.get(owners.size() - 1))
        && !owners.contains(path.get(path.size() - 1));
  }

  /**
   * Whether the variable's name says that a layer stands inside another layer or model: {@code
   * encoder} in {@code translator/encoder/kernel}.
   */
  public boolean standsInside(int handle, String layer) {
    String owner = owner(savedName(handle).orElse(""));
    return !(owner + "/").startsWith(layer + "/")
        && ("/" + owner + "/").contains("/" + layer + "/");
  }

  /** The name that the object graph gives the variable whose handle the node is. */
  public Optional<String> savedName(int position) {
    return name(position).map(this::savedName);
  }

  /** Copies of a variable differ from the object graph's name by a suffix: {@code kernel_1}. */
  private String savedName(String name) {
    String stripped = NamingRule.Keras3.strip(name);
    return owned(owner(name)).containsKey(name) ? name : stripped;
  }

  /** How many values the variable holds whose handle the node is. */
  public long size(int handle) {
    return ObjectGraph.elementCount(
        graph.node(handle).getAttrOrDefault("shape", AttrValue.getDefaultInstance()).getShape());
  }
}
