package layertap.cli.inspect;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import layertap.model.LoadedModel;
import layertap.suggest.layer.Candidate;
import layertap.suggest.layer.CandidateLayers;

/** What {@code inspect} notes at layers that one would try first as features. */
final class CandidateNotes {
  private final Map<String, String> notes = new HashMap<>();

  CandidateNotes(LoadedModel model) {
    CandidateLayers candidates = CandidateLayers.of(model);
    Optional<Candidate> embedding = candidates.embedding();
    for (Candidate candidate : candidates.all()) {
      boolean isEmbedding = embedding.filter(candidate::equals).isPresent();
      String mark =
          candidate.isPoolable() ? "likely embedding once pooled: " : "likely embedding: ";
      notes.put(candidate.selector(), (isEmbedding ? mark : "") + candidate.reason());
    }
  }

  /** The note at the output that a selector names; empty if there is none. */
  String of(String selector) {
    return notes.getOrDefault(selector, "");
  }
}
