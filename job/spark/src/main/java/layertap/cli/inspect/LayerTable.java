package layertap.cli.inspect;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import layertap.cli.inspect.LayerListing.Refusal;
import layertap.cli.listing.Blocks;
import layertap.cli.listing.Figures;
import layertap.cli.listing.Table;
import layertap.model.describe.ComputeCosts;
import layertap.model.layers.Layer;
import layertap.model.layers.LayerIndex;

/** Prints layers as a table: a line for each, or for each block. */
final class LayerTable {
  private final List<Layer> all;
  private final List<LayerListing.Line> lines;
  private final ComputeCosts costs;
  private final long parameters;
  private final long ownParameters;
  private final OptionalLong operations;
  private final boolean hasStrides;
  private final boolean hasOperations;
  private final boolean hasNotes;

  /**
   * A table.
   *
   * @param layers of the model, of which the lines show some
   */
  LayerTable(LayerIndex layers, List<LayerListing.Line> lines, ComputeCosts costs) {
    this.all = layers.layers();
    this.ownParameters = layers.ownParameters();
    this.lines = lines;
    this.costs = costs;
    this.parameters = parameters(layers);
    this.operations = costs.total();
    this.hasNotes = lines.stream().anyMatch(line -> !line.note().isEmpty());
    this.hasStrides = lines.stream().anyMatch(line -> line.stride().isPresent());
    this.hasOperations =
        lines.stream()
            .anyMatch(line -> line.operations().isPresent() && line.operations().getAsLong() > 0);
  }

  /** Of the whole model, also of weights that are in no layer. */
  static long parameters(LayerIndex layers) {
    return sum(layers.layers()) + layers.ownParameters();
  }

  /** Of the layers that are not inside another one of them. */
  private static long sum(List<Layer> layers) {
    Set<List<String>> names = layers.stream().map(Layer::names).collect(Collectors.toSet());
    return layers.stream()
        .filter(layer -> !isInside(layer, names))
        .mapToLong(Layer::parameterCount)
        .sum();
  }

  private static boolean isInside(Layer layer, Set<List<String>> names) {
    for (int depth = 1; depth < layer.names().size(); depth++) {
      if (names.contains(layer.names().subList(0, depth))) {
        return true;
      }
    }
    return false;
  }

  /** Prints a line for each line. */
  void print(PrintStream out) {
    Table table = table();
    lines.forEach(line -> add(line, table));
    end(table, out);
  }

  /**
   * Prints a line for each block.
   *
   * @param depth of the blocks; 0 for what fits
   */
  void printFolded(int depth, PrintStream out) {
    Map<Layer, List<LayerListing.Line>> byLayer = new LinkedHashMap<>();
    lines.forEach(
        line -> byLayer.computeIfAbsent(line.layer(), key -> new ArrayList<>()).add(line));
    List<Layer> layers = List.copyOf(byLayer.keySet());
    List<Blocks.Item> items = BlockItems.of(layers);
    Table table = table();
    for (Blocks.Block block : depth == 0 ? Blocks.fitting(items) : Blocks.atDepth(items, depth)) {
      List<Layer> members = layers.subList(block.from(), block.to());
      if (members.size() == 1) {
        byLayer.get(members.get(0)).forEach(line -> add(line, table));
      } else {
        List<LayerListing.Line> last = byLayer.get(members.get(members.size() - 1));
        add(members, block, last.get(last.size() - 1), byLayer, table);
      }
    }
    end(table, out);
    out.println("blocks are folded: --depth N for others, --all for a line for each layer");
  }

  private Table table() {
    List<String> header = new ArrayList<>(List.of("index", "selector", "class or op", "output"));
    if (hasStrides) {
      header.add("stride");
    }
    header.addAll(List.of("parameters", "share"));
    if (hasOperations) {
      header.addAll(List.of("FLOPs", "share"));
    }
    if (hasNotes) {
      header.add("note");
    }
    return new Table(header.toArray(String[]::new));
  }

  private void add(LayerListing.Line line, Table table) {
    String index = line.index() == Layer.NO_INDEX ? "" : String.valueOf(line.index());
    add(
        table,
        List.of(index, line.quotedSelector(), line.kind(), line.output()),
        line,
        line.parameters(),
        line.operations());
  }

  /** Adds a row that begins with some cells and has stride and note of a line. */
  private void add(
      Table table,
      List<String> first,
      LayerListing.Line line,
      OptionalLong ownParameters,
      OptionalLong ownOperations) {
    List<String> cells = new ArrayList<>(first);
    if (hasStrides) {
      cells.add(line.stride().isPresent() ? String.valueOf(line.stride().getAsInt()) : "");
    }
    cells.add(ownParameters.isPresent() ? String.valueOf(ownParameters.getAsLong()) : "");
    long part = ownParameters.orElse(0);
    cells.add(part > 0 ? Figures.share(part, parameters) : "");
    if (hasOperations) {
      long operation = ownOperations.orElse(0);
      cells.add(operation > 0 ? Figures.rounded(operation) : "");
      cells.add(operation > 0 ? Figures.share(operation, operations.orElse(0)) : "");
    }
    if (hasNotes) {
      cells.add(line.note());
    }
    table.add(cells.toArray(String[]::new));
  }

  /**
   * A block: the layer that holds the others, or what they are, with the output of the last one.
   */
  private void add(
      List<Layer> members,
      Blocks.Block block,
      LayerListing.Line last,
      Map<Layer, List<LayerListing.Line>> byLayer,
      Table table) {
    Layer head = members.get(0);
    if (members.stream().skip(1).allMatch(layer -> layer.isInside(head.names()))) {
      LayerListing.Line line = byLayer.get(head).get(0);
      String kind = "%s with %s inside".formatted(line.kind(), layers(members.size() - 1));
      add(
          table,
          List.of(
              BlockText.index(members.subList(0, 1)), line.quotedSelector(), kind, line.output()),
          line,
          OptionalLong.of(head.parameterCount()),
          costs.of(members));
      return;
    }
    add(
        table,
        List.of(
            BlockText.index(members),
            BlockText.selector(members, block.name(), all),
            BlockText.kind(
                members.stream().map(layer -> byLayer.get(layer).get(0).kind()).toList()),
            last.output()),
        last,
        OptionalLong.of(sum(members)),
        costs.of(members));
  }

  private void end(Table table, PrintStream out) {
    table.print(out);
    Set<String> states = new LinkedHashSet<>();
    lines.forEach(
        line -> line.states().forEach(state -> states.add(LayerListing.Line.quoted(state))));
    if (!states.isEmpty()) {
      out.println();
      out.println("of recurrent layers also " + String.join(", ", states));
    }
    if (lines.stream().anyMatch(line -> line.refusal() == Refusal.AMBIGUOUS)) {
      out.println();
      out.println("%s: %s".formatted(Refusal.AMBIGUOUS.brief, Refusal.AMBIGUOUS.reason));
    }
    if (!all.isEmpty()) {
      out.println();
      out.println(totals());
    }
  }

  private String totals() {
    String cost =
        operations.isEmpty()
            ? "FLOPs depend on the size of what is fed"
            : "%s FLOPs a row in products of convolutions and matrices%s"
                .formatted(
                    Figures.rounded(operations.getAsLong()),
                    costs.isOfSteps() ? ", of loops at most one step" : "");
    String own =
        ownParameters > 0
            ? String.format(Locale.ROOT, ", %,d of them in no layer", ownParameters)
            : "";
    return String.format(
        Locale.ROOT, "total: %s, %,d parameters%s, %s", layers(all.size()), parameters, own, cost);
  }

  private static String layers(int count) {
    return count == 1 ? "1 layer" : count + " layers";
  }
}
