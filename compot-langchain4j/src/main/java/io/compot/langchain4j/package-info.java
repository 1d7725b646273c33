/** LangChain4j's chat models on a model in this process. */
@NullMarked
package io.compot.langchain4j;

import org.jspecify.annotations.NullMarked;
