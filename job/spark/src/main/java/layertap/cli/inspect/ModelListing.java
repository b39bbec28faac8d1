package layertap.cli.inspect;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import layertap.failure.Printable;
import layertap.graph.Dtype;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.hadoop.HadoopFiles;
import layertap.model.LoadedModel;
import layertap.model.layers.keras.TopologyFile;
import layertap.model.preprocessing.InputScaling;
import layertap.model.preprocessing.KnownArchitecture;
import layertap.model.preprocessing.ModelPreprocessing;
import layertap.model.saved.CompiledGraph;
import layertap.model.saved.ModelFiles;
import layertap.model.saved.SavedModelReader;
import layertap.model.saved.Signature;
import org.tensorflow.proto.MetaGraphDef;

/**
 * What can be tapped in a model, as it is printed.
 *
 * @param listing of its layers
 * @param lines of those that are shown
 * @param tensors those of the flat graph, if they are asked for, or are all that there is
 */
record ModelListing(
    MetaGraphDef metaGraph,
    LoadedModel model,
    LayerListing listing,
    List<LayerListing.Line> lines,
    Optional<List<TensorListing.Line>> tensors) {
  /** Beyond so many layers or tensors, a person is shown blocks. */
  private static final int MANY = 200;

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  /**
   * How much is printed.
   *
   * @param depth of blocks that have one line each; 0 if none is said
   * @param isAll whether every layer has its line
   * @param isTerminal whether a person reads along
   */
  record View(int depth, boolean isAll, boolean isTerminal) {
    /** Whether so many lines are folded. */
    boolean isFolded(int count) {
      return !isAll && (depth > 0 || (isTerminal && count > MANY));
    }
  }

  /**
   * Reads a model.
   *
   * @param topologyPath of a file that names the layers; empty for none
   * @param layers a glob of the layers that are listed; empty for all
   */
  static ModelListing read(
      String path,
      List<String> tags,
      String signature,
      String topologyPath,
      String layers,
      boolean isWithTensors) {
    HadoopFiles.requireReachable(List.of(path));
    ModelFiles files = HadoopFiles.model(path);
    List<MetaGraphDef> metaGraphs = SavedModelReader.readMetaGraphs(files);
    MetaGraphDef metaGraph = SavedModelReader.select(metaGraphs, tags, files.location());
    Optional<TopologyFile> topology =
        topologyPath.isEmpty()
            ? Optional.empty()
            : Optional.of(TopologyFile.parse(topologyPath, HadoopFiles.read(topologyPath)));
    LoadedModel model = LoadedModel.load(files, metaGraph, signature, topology);
    LayerListing listing = new LayerListing(model);
    Optional<List<TensorListing.Line>> tensors = Optional.empty();
    if (isWithTensors) {
      tensors = Optional.of(TensorListing.all(model.graph()));
    } else if (layers.isEmpty() && isTappedByTensors(metaGraph, model)) {
      tensors = Optional.of(TensorListing.computed(model.graph()));
    }
    return new ModelListing(metaGraph, model, listing, listing.lines(layers), tensors);
  }

  /**
   * Whether most of what one taps are tensors: in TensorFlow 1 there are no layers, and code
   * without scopes of names shows none.
   */
  private static boolean isTappedByTensors(MetaGraphDef metaGraph, LoadedModel model) {
    boolean isWithoutLayers = model.layers().layers().isEmpty();
    return !metaGraph.hasObjectGraphDef() || (isWithoutLayers && !CompiledGraph.is(model.graph()));
  }

  void printText(View view, PrintStream out) {
    SignatureListing.print(metaGraph, model, out);
    placeholders().forEach(out::println);
    preprocessing().forEach(line -> out.println("preprocessing  " + Printable.line(line)));
    out.println();
    out.println(heading());
    if (!lines.isEmpty()) {
      printLayers(view, out);
    }
    tensors.ifPresent(
        all -> {
          out.println();
          boolean areFolded = view.isFolded(all.size());
          TensorListing.print(all, areFolded ? Math.max(1, view.depth()) : 0, out);
        });
  }

  private void printLayers(View view, PrintStream out) {
    LayerTable table = new LayerTable(model.layers(), lines, listing.costs());
    if (view.isFolded((int) lines.stream().map(LayerListing.Line::layer).distinct().count())) {
      table.printFolded(view.depth(), out);
    } else {
      table.print(out);
    }
  }

  /** What the model does to its inputs, and what it looks like. */
  private List<String> preprocessing() {
    List<String> texts = new ArrayList<>();
    for (InputScaling input : ModelPreprocessing.of(model)) {
      if (input.isWorthSaying()) {
        texts.add("%s: %s".formatted(input.input(), input.text()));
      }
    }
    KnownArchitecture.of(model).ifPresent(known -> texts.add(known.text()));
    return texts;
  }

  /** What can be fed besides the inputs: switches, in graphs of TensorFlow 1. */
  private List<String> placeholders() {
    List<String> inputs =
        model.signature().inputs().values().stream().map(port -> port.tensor().node()).toList();
    return model.graph().graph().getNodeList().stream()
        .filter(node -> Ops.mayBeFed(node) && !inputs.contains(node.getName()))
        .map(
            node ->
                "graph-tensor \"%s\"  %s%s"
                    .formatted(
                        node.getName(),
                        Dtype.nameOf(model.graph().type(new TensorId(node.getName(), 0))),
                        node.getInputCount() > 0
                            ? ", has a default"
                            : ", must be fed if a feature needs it"))
        .toList();
  }

  private String heading() {
    if (lines.isEmpty()) {
      return CompiledGraph.is(model.graph())
          ? "no layers: " + CompiledGraph.REASON + "; " + CompiledGraph.REMEDY
          : "no layers: the graph has no scopes that stand for some; name tensors with"
              + " { graph-tensor = \"…\" }";
    }
    return model
        .layers()
        .listedBy()
        .map(source -> "layers, listed by " + source)
        .orElse("layers, from the graph's scopes; the export holds no list, so no indexes");
  }

  void printJson(PrintStream out) {
    Map<String, Object> json = new LinkedHashMap<>();
    Map<String, Object> signatures = new LinkedHashMap<>();
    for (String name : SavedModelReader.signatureNames(metaGraph)) {
      Signature signature = SavedModelReader.signature(metaGraph, name, "");
      Map<String, Object> ports = new LinkedHashMap<>();
      ports.put("inputs", ports(signature.inputs()));
      ports.put("outputs", ports(signature.outputs()));
      signatures.put(name, ports);
    }
    json.put("signatures", signatures);
    json.put("listed-by", model.layers().listedBy().orElse(null));
    List<Object> layers = new ArrayList<>();
    lines.forEach(line -> layers.add(line.toJson()));
    json.put("layers", layers);
    json.put("preprocessing", preprocessing());
    Map<String, Object> total = new LinkedHashMap<>();
    total.put("layers", model.layers().layers().size());
    total.put("parameters", LayerTable.parameters(model.layers()));
    OptionalLong operations = listing.costs().total();
    total.put("flops", operations.isPresent() ? operations.getAsLong() : null);
    json.put("total", total);
    tensors.ifPresent(
        all -> json.put("tensors", all.stream().map(TensorListing.Line::toJson).toList()));
    try {
      // Its lines are its own: strings in JSON have none.
      out.print(JSON.writeValueAsString(json) + System.lineSeparator());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("plain values have a JSON form", e);
    }
  }

  private static Map<String, Object> ports(Map<String, Signature.Port> ports) {
    Map<String, Object> json = new LinkedHashMap<>();
    ports.forEach((key, port) -> json.put(key, described(port)));
    return json;
  }

  private static Map<String, Object> described(Signature.Port port) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("dtype", Dtype.nameOf(port.dtype()));
    json.put("shape", port.shape().isRankKnown() ? port.shape().sizes() : null);
    return json;
  }
}
