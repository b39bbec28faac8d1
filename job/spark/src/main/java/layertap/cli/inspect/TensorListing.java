package layertap.cli.inspect;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import layertap.cli.listing.Table;
import layertap.graph.Dtype;
import layertap.graph.GraphIndex;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import org.tensorflow.proto.DataType;

/** What {@code inspect} says of the tensors of the flat graph. */
final class TensorListing {
  private TensorListing() {}

  /** A tensor. */
  record Line(String name, String op, String dtype, TensorShape shape) {
    Map<String, Object> toJson() {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("name", name);
      json.put("op", op);
      json.put("dtype", dtype);
      json.put("shape", shape.isRankKnown() ? shape.sizes() : null);
      return json;
    }

    /** The scopes that it stands in; itself if in none. */
    String scope(int depth) {
      String[] parts = name.split("/");
      return parts.length <= depth
          ? name
          : String.join("/", List.of(parts).subList(0, depth)) + "/";
    }
  }

  /** All tensors, as they were traced. */
  static List<Line> all(GraphIndex graph) {
    return of(graph, IntStream.range(0, graph.size()));
  }

  /** Those that depend on what is fed. */
  static List<Line> computed(GraphIndex graph) {
    boolean[] active = graph.descendantsOf(graph.feedable());
    return of(
        graph,
        IntStream.range(0, graph.size()).filter(i -> active[i] && !Ops.hasNoValue(graph.node(i))));
  }

  private static List<Line> of(GraphIndex graph, IntStream positions) {
    List<Line> tensors = new ArrayList<>();
    positions.forEach(
        i -> {
          List<DataType> types = graph.outputTypes(i);
          for (int output = 0; output < types.size(); output++) {
            TensorId tensor = new TensorId(graph.node(i).getName(), output);
            tensors.add(
                new Line(
                    tensor.toString(),
                    graph.node(i).getOp(),
                    Dtype.nameOf(types.get(output)),
                    graph.notedShape(tensor).map(TensorShape::of).orElse(TensorShape.unknown())));
          }
        });
    return tensors;
  }

  /**
   * Prints a line for each.
   *
   * @param depth of scopes whose tensors have one line together; 0 for a line each
   */
  static void print(List<Line> tensors, int depth, PrintStream out) {
    Table table = new Table("graph-tensor", "op", "dtype", "shape");
    for (int from = 0; from < tensors.size(); ) {
      Line first = tensors.get(from);
      int to = from + 1;
      String scope = depth == 0 ? "" : first.scope(depth);
      while (depth > 0 && to < tensors.size() && tensors.get(to).scope(depth).equals(scope)) {
        to++;
      }
      Line last = tensors.get(to - 1);
      table.add(
          to - from == 1
              ? first.name
              : "%s…  %s tensors, the last one:".formatted(scope, to - from),
          last.op,
          last.dtype,
          last.shape.toString());
      from = to;
    }
    table.print(out);
  }
}
