package layertap.fuzz

import com.fasterxml.jackson.databind.node.{ArrayNode, JsonNodeFactory, ObjectNode}
import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import scala.jdk.CollectionConverters._
import scala.util.Random

/** Changes one thing somewhere inside a JSON text. */
final class JsonMutations(random: Random) {
  import JsonMutations._

  /** The changed text, and what was changed. */
  def mutate(text: String): (String, String) = {
    val root = mapper.readTree(text)
    val parts = below(root).filter(part => part.isContainerNode && part.size > 0).toIndexedSeq
    val words = below(root).filter(_.isTextual).toIndexedSeq
    val what = pick(parts) match {
      case fields: ObjectNode  => change(fields, words)
      case elements: ArrayNode => change(elements, words)
    }
    (root.toString, what)
  }

  private def below(node: JsonNode): Seq[JsonNode] =
    node +: node.elements.asScala.toSeq.flatMap(below)

  private def change(fields: ObjectNode, words: IndexedSeq[JsonNode]): String = {
    val names = fields.fieldNames.asScala.toIndexedSeq
    val (name, other) = (pick(names), pick(names))
    val (old, swapped) = (fields.get(name), fields.get(other))
    random.nextInt(5) match {
      case 0 =>
        fields.remove(name)
        s"'$name' is gone"
      case 1 =>
        fields.set[JsonNode](name, swapped)
        fields.set[JsonNode](other, old)
        s"'$name' swaps with '$other'"
      case _ =>
        val changed = another(words)
        fields.set[JsonNode](name, changed)
        s"'$name' is ${show(changed)}, was ${show(old)}"
    }
  }

  private def change(elements: ArrayNode, words: IndexedSeq[JsonNode]): String = {
    val (at, other) = (random.nextInt(elements.size), random.nextInt(elements.size))
    val (old, swapped) = (elements.get(at), elements.get(other))
    random.nextInt(5) match {
      case 0 =>
        elements.remove(at)
        s"element $at is gone: ${show(old)}"
      case 1 =>
        elements.insert(at, old.deepCopy[JsonNode])
        s"element $at doubles: ${show(old)}"
      case 2 =>
        elements.set(at, swapped)
        elements.set(other, old)
        s"element $at swaps with $other"
      case _ =>
        val changed = another(words)
        elements.set(at, changed)
        s"element $at is ${show(changed)}, was ${show(old)}"
    }
  }

  private def another(words: IndexedSeq[JsonNode]): JsonNode = random.nextInt(8) match {
    case 0 => make.nullNode
    case 1 => make.numberNode(pick(NumberList))
    case 2 => make.textNode("")
    case 3 => make.arrayNode
    case 4 => make.objectNode
    case _ => if (words.isEmpty) make.textNode("words") else pick(words)
  }

  private def pick[A](from: IndexedSeq[A]): A = from(random.nextInt(from.size))
}

object JsonMutations {
  private val mapper = new ObjectMapper
  private val make = JsonNodeFactory.instance
  private val NumberList =
    IndexedSeq(0L, 1L, -1L, 2L, 1L << 31, 1L << 40, Long.MaxValue, Long.MinValue)

  private def show(node: JsonNode): String = node.toString.take(60)
}
