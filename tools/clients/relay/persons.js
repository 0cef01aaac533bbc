// Read by relay-compiler alone: what it makes of these is what ../relay.js runs.
import { graphql } from "relay-runtime";

export const list = graphql`
  query personsQuery($division: DivisionCode!, $count: Int!) {
    ...persons_list @arguments(division: $division, count: $count)
  }
`;

export const page = graphql`
  fragment persons_list on Query
  @refetchable(queryName: "personsPaginationQuery")
  @argumentDefinitions(
    division: { type: "DivisionCode!" }
    count: { type: "Int", defaultValue: 20 }
    cursor: { type: "String" }
  ) {
    persons(filter: { division: $division }, first: $count, after: $cursor)
      @connection(key: "persons_persons", filters: ["filter"]) {
      totalCount
      edges {
        node {
          id
          ...persons_detail
        }
      }
    }
  }
`;

export const detail = graphql`
  fragment persons_detail on Person @refetchable(queryName: "personsRefetchQuery") {
    name
    age
    phone
    version
    residenceDivision {
      id
      fullName
    }
  }
`;

export const caught = graphql`
  query personsCaughtQuery($division: DivisionCode!) {
    persons(filter: { division: $division }, first: 1) @catch(to: RESULT) {
      edges {
        node {
          id
        }
      }
    }
  }
`;

export const correct = graphql`
  mutation personsCorrectMutation($input: CorrectPersonInput!) {
    correctPerson(input: $input) {
      person {
        ...persons_detail
      }
      errors {
        code
        field
        message
      }
      dryRun
    }
  }
`;
