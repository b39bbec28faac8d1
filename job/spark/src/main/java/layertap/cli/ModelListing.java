package layertap.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import layertap.graph.Dtype;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.hadoop.HadoopFiles;
import layertap.model.LoadedModel;
import layertap.model.layers.Layer;
import layertap.model.layers.keras.TopologyFile;
import layertap.model.saved.CompiledGraph;
import layertap.model.saved.ModelFiles;
import layertap.model.saved.RaggedInputs;
import layertap.model.saved.SavedModelReader;
import layertap.model.saved.Signature;
import org.tensorflow.proto.MetaGraphDef;

/**
 * What can be tapped in a model, as it is printed.
 *
 * @param tensors those of the flat graph, if they are asked for
 */
record ModelListing(
    MetaGraphDef metaGraph,
    LoadedModel model,
    List<LayerListing.Line> lines,
    Optional<List<LayerListing.TensorLine>> tensors) {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

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
    return new ModelListing(
        metaGraph,
        model,
        listing.lines(layers),
        isWithTensors ? Optional.of(listing.tensors()) : Optional.empty());
  }

  void printText(PrintStream out) {
    for (String name : SavedModelReader.signatureNames(metaGraph)) {
      Signature signature = SavedModelReader.signature(metaGraph, name, "");
      out.println("signature " + name + (name.equals(model.signature().name()) ? " (used)" : ""));
      RaggedInputs ragged = new RaggedInputs(signature, model.graph());
      signature
          .inputs()
          .forEach(
              (key, port) ->
                  out.println(
                      "  input   "
                          + describe(key, port)
                          + ragged.partOf(key).map(part -> "  " + part).orElse("")));
      signature.outputs().forEach((key, port) -> out.println("  output  " + describe(key, port)));
      signature.composites().stream()
          .sorted()
          .forEach(key -> out.println("  ragged or sparse, not fed or tapped  " + key));
    }
    placeholders().forEach(out::println);
    out.println();
    out.println(heading());
    Table table = new Table("index", "selector", "class or op", "output", "parameters");
    Set<String> states = new LinkedHashSet<>();
    for (LayerListing.Line line : lines) {
      table.add(
          line.index() == Layer.NO_INDEX ? "" : String.valueOf(line.index()),
          line.quotedSelector(),
          line.kind(),
          line.output(),
          line.parameters());
      line.states().forEach(state -> states.add(LayerListing.Line.quoted(state)));
    }
    table.print(out);
    if (!states.isEmpty()) {
      out.println();
      out.println("of recurrent layers also " + String.join(", ", states));
    }
    tensors.ifPresent(
        all -> {
          out.println();
          Table tensorTable = new Table("graph-tensor", "op", "dtype", "shape");
          all.forEach(
              tensor ->
                  tensorTable.add(tensor.name(), tensor.op(), tensor.dtype(), tensor.shape()));
          tensorTable.print(out);
        });
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
    if (lines.isEmpty() && CompiledGraph.is(model.graph())) {
      return "no layers: " + CompiledGraph.REASON + "; " + CompiledGraph.REMEDY;
    }
    return model
        .layers()
        .listedBy()
        .map(source -> "layers, listed by " + source)
        .orElse("layers, from the graph's scopes; the export holds no list, so no indexes");
  }

  private static String describe(String key, Signature.Port port) {
    return key + "  " + Dtype.nameOf(port.dtype()) + " " + port.shape();
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
    tensors.ifPresent(all -> json.put("tensors", all));
    try {
      // Its lines are its own: strings in JSON have none.
      out.print(JSON.writeValueAsString(json) + System.lineSeparator());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("plain values have a JSON form", e);
    }
  }

  private static Map<String, Object> ports(Map<String, Signature.Port> ports) {
    Map<String, Object> json = new LinkedHashMap<>();
    ports.forEach(
        (key, port) ->
            json.put(
                key,
                Map.of("dtype", Dtype.nameOf(port.dtype()), "shape", port.shape().toString())));
    return json;
  }
}
