package layertap.cli.init;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import layertap.failure.UserException;
import layertap.hadoop.HadoopFiles;
import layertap.model.LoadedModel;
import layertap.model.layers.keras.TopologyFile;
import layertap.model.saved.ModelFiles;
import layertap.model.saved.SavedModelReader;
import layertap.suggest.SuggestedConfiguration.ModelNames;
import org.tensorflow.proto.MetaGraphDef;

/** A model as it was named on the command line, with the tags and the signature that were not. */
record NamedModel(ModelNames names, LoadedModel model) {
  private static final List<String> USUAL_TAGS = List.of("serve");
  private static final String USUAL_SIGNATURE = "serving_default";

  /**
   * Reads a model.
   *
   * @param tags separated by commas; null for the usual ones, or the only ones
   * @param signature empty for the usual one, or the only one
   * @param topology path of a file that names layers; empty for none
   * @throws UserException if the model cannot be read, or it has to be said which part is meant
   */
  static NamedModel read(String path, String tags, String signature, String topology) {
    HadoopFiles.requireReachable(List.of(path));
    ModelFiles files = HadoopFiles.model(path);
    List<MetaGraphDef> metaGraphs = SavedModelReader.readMetaGraphs(files);
    List<String> chosenTags = tags == null ? usualTags(metaGraphs, path) : split(tags);
    MetaGraphDef metaGraph = SavedModelReader.select(metaGraphs, chosenTags, path);
    String chosen = signature.isEmpty() ? usualSignature(metaGraph, path) : signature;
    Optional<TopologyFile> topologyFile =
        topology.isEmpty()
            ? Optional.empty()
            : Optional.of(TopologyFile.parse(topology, HadoopFiles.read(topology)));
    LoadedModel model = LoadedModel.load(files, metaGraph, chosen, topologyFile);
    return new NamedModel(new ModelNames(path, chosenTags, chosen, topology), model);
  }

  private static List<String> split(String tags) {
    return Arrays.stream(tags.split(",")).map(String::strip).filter(tag -> !tag.isEmpty()).toList();
  }

  private static List<String> usualTags(List<MetaGraphDef> metaGraphs, String path) {
    List<List<String>> present =
        metaGraphs.stream()
            .map(metaGraph -> metaGraph.getMetaInfoDef().getTagsList().stream().toList())
            .toList();
    if (present.contains(USUAL_TAGS)) {
      return USUAL_TAGS;
    }
    if (present.size() > 1) {
      throw new UserException(
          "cannot choose the tags of %s: it has %s; name those of one graph with --tags"
              .formatted(
                  path, present.stream().map(List::toString).collect(Collectors.joining(" and "))));
    }
    return present.get(0);
  }

  private static String usualSignature(MetaGraphDef metaGraph, String path) {
    List<String> signatures = SavedModelReader.signatureNames(metaGraph);
    if (signatures.contains(USUAL_SIGNATURE) || signatures.isEmpty()) {
      return USUAL_SIGNATURE;
    }
    if (signatures.size() > 1) {
      throw new UserException(
          "cannot choose the signature of %s: it has %s; name one with --signature"
              .formatted(path, String.join(", ", signatures)));
    }
    return signatures.get(0);
  }
}
