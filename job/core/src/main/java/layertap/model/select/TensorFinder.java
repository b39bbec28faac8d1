package layertap.model.select;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import layertap.failure.GraphException;
import layertap.failure.NearestNames;
import layertap.failure.UserException;
import layertap.graph.GraphIndex;
import layertap.graph.Ops;
import layertap.graph.TensorId;

/**
 * Finds tensors of the flat graph by the end of their names. A part of a name may leave out the
 * suffix that Keras 3 adds to scopes: {@code conv1/Relu} finds {@code cnn_1/conv1_1/Relu}.
 */
public final class TensorFinder {
  private static final Pattern SUFFIX = Pattern.compile("_\\d+$");

  private final GraphIndex graph;

  public TensorFinder(GraphIndex graph) {
    this.graph = graph;
  }

  /**
   * The tensor.
   *
   * @throws UserException if no tensor or more than one has such a name
   */
  public TensorId find(String name) {
    TensorId wanted = parse(name);
    if (graph.find(wanted.node()).isPresent()) {
      return check(name, wanted);
    }
    String[] parts = wanted.node().split("/");
    List<String> exact = new ArrayList<>();
    List<String> stripped = new ArrayList<>();
    for (int i = 0; i < graph.size(); i++) {
      if (Ops.hasNoValue(graph.node(i))) {
        continue;
      }
      String[] candidate = graph.node(i).getName().split("/");
      if (endsWith(candidate, parts, false /* as it is */)) {
        exact.add(graph.node(i).getName());
      } else if (endsWith(candidate, parts, true /* without suffixes of scopes */)) {
        stripped.add(graph.node(i).getName());
      }
    }
    List<String> found = new ArrayList<>(exact);
    if (exact.isEmpty() || isSuffixed(parts)) {
      found.addAll(stripped);
    }
    if (found.size() == 1) {
      return check(name, new TensorId(found.get(0), wanted.index()));
    }
    throw found.isEmpty() ? unknown(name, wanted) : ambiguous(name, found);
  }

  /**
   * Whether a scope in the name ends in a number: in Keras 3 {@code relu_1/Relu} is layer {@code
   * relu} by the graph's name and layer {@code relu_1} by the layer's.
   */
  private static boolean isSuffixed(String[] parts) {
    return Arrays.stream(parts, 0, parts.length - 1).anyMatch(part -> SUFFIX.matcher(part).find());
  }

  private static TensorId parse(String name) {
    try {
      return TensorId.parse(name);
    } catch (GraphException e) {
      throw new UserException(
          "cannot read the tensor name '" + name + "': it is not of the form name or name:<number>",
          e);
    }
  }

  private TensorId check(String name, TensorId tensor) {
    if (!graph.contains(tensor)) {
      throw new UserException(
          ("cannot find the tensor '%s': the op '%s' (%s) has no output %s; leave the "
                  + "number out for output 0")
              .formatted(
                  name,
                  tensor.node(),
                  graph.node(graph.require(tensor.node())).getOp(),
                  tensor.index()));
    }
    return tensor;
  }

  private static boolean endsWith(String[] candidate, String[] parts, boolean stripScopes) {
    int offset = candidate.length - parts.length;
    if (offset < 0) {
      return false;
    }
    for (int i = 0; i < parts.length; i++) {
      boolean isScope = i < parts.length - 1;
      String part = candidate[offset + i];
      boolean matches =
          part.equals(parts[i])
              || (stripScopes && isScope && SUFFIX.matcher(part).replaceFirst("").equals(parts[i]));
      if (!matches) {
        return false;
      }
    }
    return true;
  }

  private static UserException ambiguous(String name, List<String> found) {
    return new UserException(
        "cannot find the tensor '%s': %s tensors end so; write more of the name, as in %s"
            .formatted(
                name,
                found.size(),
                String.join(", ", found.subList(0, Math.min(5, found.size())))));
  }

  private UserException unknown(String name, TensorId wanted) {
    int depth = wanted.node().split("/").length;
    Map<String, String> byEnd = new LinkedHashMap<>();
    for (int i = 0; i < graph.size(); i++) {
      if (!Ops.hasNoValue(graph.node(i))) {
        String node = graph.node(i).getName();
        byEnd.putIfAbsent(end(node, depth), node);
      }
    }
    List<String> nearest = NearestNames.of(wanted.node(), byEnd.keySet());
    return new UserException(
        ("cannot find the tensor '%s': the graph has no such name; nearest: %s "
                + "(inspect --tensors lists all)")
            .formatted(name, String.join(", ", nearest.stream().map(byEnd::get).toList())));
  }

  /** The last parts of a name. */
  private static String end(String node, int depth) {
    String[] parts = node.split("/");
    return String.join(
        "/", List.of(parts).subList(Math.max(0, parts.length - depth), parts.length));
  }
}
