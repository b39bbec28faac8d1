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
import layertap.hadoop.HadoopFiles;
import layertap.model.SourceModel;
import layertap.model.layers.Layer;
import layertap.model.layers.keras.TopologyFile;
import layertap.model.saved.ModelFiles;
import layertap.model.saved.SavedModelReader;
import layertap.model.saved.Signature;
import org.tensorflow.proto.MetaGraphDef;

/** Lists what can be tapped in a model. Needs neither Spark nor natives. */
final class InspectCommand {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final Arguments arguments;
  private final PrintStream out;

  InspectCommand(List<String> arguments, PrintStream out) {
    this.arguments =
        Arguments.parse(
            "inspect",
            arguments,
            "MODEL",
            Set.of("--signature", "--tags", "--topology", "--layers"),
            Set.of("--tensors", "--json", "--debug"));
    this.out = out;
  }

  void run() {
    HadoopFiles.requireReachable(List.of(arguments.operand()));
    ModelFiles files = HadoopFiles.model(arguments.operand());
    List<String> tags = List.of(arguments.last("--tags", "serve").split(","));
    String signatureName = arguments.last("--signature", "serving_default");
    List<MetaGraphDef> metaGraphs = SavedModelReader.readMetaGraphs(files);
    MetaGraphDef metaGraph = SavedModelReader.select(metaGraphs, tags, files.location());
    String topologyPath = arguments.last("--topology", "");
    Optional<TopologyFile> topology =
        topologyPath.isEmpty()
            ? Optional.empty()
            : Optional.of(TopologyFile.parse(topologyPath, HadoopFiles.read(topologyPath)));
    SourceModel model = SourceModel.load(files, metaGraph, signatureName, topology);
    LayerListing listing = new LayerListing(model);
    List<LayerListing.Line> lines = listing.lines(arguments.last("--layers", ""));
    List<LayerListing.TensorLine> tensors =
        arguments.has("--tensors") ? listing.tensors() : List.of();
    if (arguments.has("--json")) {
      printJson(metaGraph, model, lines, tensors);
    } else {
      printText(metaGraph, model, lines, tensors);
    }
  }

  private void printText(
      MetaGraphDef metaGraph,
      SourceModel model,
      List<LayerListing.Line> lines,
      List<LayerListing.TensorLine> tensors) {
    for (String name : SavedModelReader.signatureNames(metaGraph)) {
      Signature signature = SavedModelReader.signature(metaGraph, name, "");
      out.println("signature " + name + (name.equals(model.signature().name()) ? " (used)" : ""));
      signature.inputs().forEach((key, port) -> out.println("  input   " + describe(key, port)));
      signature.outputs().forEach((key, port) -> out.println("  output  " + describe(key, port)));
    }
    out.println();
    out.println(
        model
            .layers()
            .listedBy()
            .map(source -> "layers, listed by " + source)
            .orElse("layers, from the graph's scopes; the export holds no list, so no indexes"));
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
    if (!tensors.isEmpty()) {
      out.println();
      Table tensorTable = new Table("graph-tensor", "op", "dtype", "shape");
      tensors.forEach(
          tensor -> tensorTable.add(tensor.name(), tensor.op(), tensor.dtype(), tensor.shape()));
      tensorTable.print(out);
    }
  }

  private static String describe(String key, Signature.Port port) {
    return key + "  " + Dtype.nameOf(port.dtype()) + " " + port.shape();
  }

  private void printJson(
      MetaGraphDef metaGraph,
      SourceModel model,
      List<LayerListing.Line> lines,
      List<LayerListing.TensorLine> tensors) {
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
    if (arguments.has("--tensors")) {
      json.put("tensors", tensors);
    }
    try {
      out.println(JSON.writeValueAsString(json));
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
