package layertap.cli.inspect;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import layertap.graph.Dtype;
import layertap.model.LoadedModel;
import layertap.model.saved.CompositeInputs;
import layertap.model.saved.SavedModelReader;
import layertap.model.saved.Signature;
import org.tensorflow.proto.MetaGraphDef;

/** Prints the signatures of a model; those that take and give the same stand together. */
final class SignatureListing {
  private SignatureListing() {}

  static void print(MetaGraphDef metaGraph, LoadedModel model, PrintStream out) {
    Map<List<String>, List<String>> names = new LinkedHashMap<>();
    for (String name : SavedModelReader.signatureNames(metaGraph)) {
      Signature signature = SavedModelReader.signature(metaGraph, name, "");
      names.computeIfAbsent(lines(signature, model), key -> new ArrayList<>()).add(name);
    }
    names.forEach(
        (lines, alike) -> {
          out.println(
              alike.stream()
                  .map(name -> name + (name.equals(model.signature().name()) ? " (used)" : ""))
                  .collect(Collectors.joining(", ", "signature ", "")));
          lines.forEach(out::println);
        });
  }

  private static List<String> lines(Signature signature, LoadedModel model) {
    List<String> lines = new ArrayList<>();
    CompositeInputs composite = new CompositeInputs(signature, model.graph());
    signature
        .inputs()
        .forEach(
            (key, port) ->
                lines.add(
                    "  input   "
                        + describe(key, port)
                        + composite.partOf(key).map(part -> "  " + part).orElse("")));
    signature.outputs().forEach((key, port) -> lines.add("  output  " + describe(key, port)));
    signature.composites().stream()
        .sorted()
        .forEach(key -> lines.add("  ragged or sparse, not fed or tapped  " + key));
    return lines;
  }

  private static String describe(String key, Signature.Port port) {
    return key + "  " + Dtype.nameOf(port.dtype()) + " " + port.shape();
  }
}
