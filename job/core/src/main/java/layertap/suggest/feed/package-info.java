/** Which columns of an input fill the inputs of a model, as far as types and one row tell. */
package layertap.suggest.feed;
